-- ARGV: prefix, generation, lock, token, number of the lease, name to be guarded, name to be
-- dropped or '', then for each value: name, ms to live, value. 1 where they were stored, save
-- those whose own name was forgotten since.
local wanted, lock, token, number = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local guarded, dropped = ARGV[6], ARGV[7]

local function forgotten(name)
  return tonumber(redis.call('GET', prefix .. 'forgotten:' .. name) or 0) > number
end

local function accepted()
  return generation() == wanted and fence_number('cleared') <= number
    and not forgotten(lock) and not forgotten(guarded)
end

local function give_back()
  local name = lease_of(lock)
  if redis.call('GET', prefix .. name) == token then redis.call('UNLINK', prefix .. name) end
end

if not accepted() then
  give_back()
  return 0
end
for i = 8, #ARGV, 3 do
  local name, ttl = wanted .. ':' .. ARGV[i], tonumber(ARGV[i + 1])
  if not forgotten(ARGV[i]) then
    redis.call('SET', prefix .. name, ARGV[i + 2], 'PX', ttl)
    note(index, name, ttl)
  end
end
if dropped ~= '' then redis.call('UNLINK', prefix .. wanted .. ':' .. dropped) end
give_back()
prune(index)
return 1
