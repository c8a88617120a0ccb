-- ARGV: prefix, ms. No slot for anybody before then; a longer pause stays.
local ttl = tonumber(ARGV[2])
prune(slots.held)
if redis.call('PTTL', slots.rest) < ttl then redis.call('SET', slots.rest, 1, 'PX', ttl) end
return 1
