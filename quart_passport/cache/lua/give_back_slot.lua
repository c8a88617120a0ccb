-- ARGV: prefix, token. Leave the slot, or the line.
for _, which in ipairs({slots.held, slots.line, slots.seen}) do
  redis.call('ZREM', which, ARGV[2])
end
return 1
