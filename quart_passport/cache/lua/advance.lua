-- ARGV: prefix, generation, field of the fence. Set it to the next number; 1 if the fence stands.
if generation() ~= ARGV[2] then return 0 end
prune(index)
redis.call('HSET', fence, ARGV[3], digits(advance()))
return 1
