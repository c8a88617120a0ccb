-- ARGV: prefix, lock, token, ms. Keep one's lease for so long, or give it back (0).
local name, ttl = lease_of(ARGV[2]), tonumber(ARGV[4])
if redis.call('GET', prefix .. name) ~= ARGV[3] then return 0 end
if ttl > 0 then
  redis.call('PEXPIRE', prefix .. name, ttl)
  note(marks, name, ttl)
else
  redis.call('UNLINK', prefix .. name)
  redis.call('ZREM', marks, name)
end
return 1
