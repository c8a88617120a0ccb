-- ARGV: prefix, token, how many slots there are, ms that a slot is held, ms that a place is kept.
-- {ms that nobody gets one, place among those who wait from 1}; {0, 0} where the slot was taken.
local token, most = ARGV[2], tonumber(ARGV[3])
local held_ms, kept_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
prune(slots.held)
local rest = redis.call('PTTL', slots.rest)
if rest > 0 then return {rest, 0} end

-- Whoever stopped asking has left the line, or died.
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', slots.seen, '-inf', milliseconds())) do
  redis.call('ZREM', slots.line, gone)
end
prune(slots.seen)

local ahead = redis.call('ZRANK', slots.line, token) or redis.call('ZCARD', slots.line)
local place = redis.call('ZCARD', slots.held) + ahead - most
if place < 0 then
  redis.call('ZREM', slots.line, token)
  redis.call('ZREM', slots.seen, token)
  note(slots.held, token, held_ms)
  return {0, 0}
end
redis.call('ZADD', slots.line, 'NX', digits(microseconds()), token)
redis.call('PEXPIRE', slots.line, kept_ms)
note(slots.seen, token, kept_ms)
return {0, place + 1}
