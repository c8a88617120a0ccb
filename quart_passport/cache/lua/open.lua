-- ARGV: prefix, generation. 1 where an older generation's data have to be purged.
local wanted = tonumber(ARGV[2])
local held = redis.call('HMGET', fence, 'generation', 'closed')
local present, closed = tonumber(held[1] or -1), held[2]

if closed and not held[1] then return 0 end
if wanted <= present then return 0 end

redis.call('HDEL', fence, 'closed')
redis.call('HSET', fence, 'generation', ARGV[2])
redis.call('HSET', fence, 'cleared', digits(advance()))
return 1
