-- ARGV: prefix, name, ms that the mark stays.
local name, ttl = ARGV[2], tonumber(ARGV[3])
local present = generation()
if present == 'closed' then return 0 end
prune(marks)

-- Without a fence there is no number to count on, but a fetch may be under way: the clock will do,
-- because the next fence starts its numbers from it.
local number = present == 'missing' and microseconds() or advance()
redis.call('SET', prefix .. 'forgotten:' .. name, digits(number), 'PX', ttl)
note(marks, 'forgotten:' .. name, ttl)
if present == 'missing' then return 0 end

redis.call('UNLINK', prefix .. lease_of(name))
return redis.call('UNLINK', prefix .. present .. ':' .. name)
