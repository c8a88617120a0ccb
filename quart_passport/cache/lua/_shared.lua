-- Put in front of each script.
-- KEYS: the fence, the index of data and the index of leases and marks, all under one hash tag.
-- ARGV[1]: the prefix that carries this tag. Every other key is this prefix with a name behind it.
-- The fence is a hash of numbers: generation, closed, number, cleared, outdated:<kind>. It has no
-- expiry, so a volatile-* eviction policy never takes it; everything else has one.

local fence, index, marks, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]

-- Who calls the PIM, who waits for it, who of them asked lately, and whether nobody may call.
local slots = {
  held = prefix .. 'slots', line = prefix .. 'slots:line', seen = prefix .. 'slots:seen',
  rest = prefix .. 'slots:rest',
}

-- Longer arguments would not fit on Lua's stack, and a longer step would hold up other tenants.
local PURGE_STEP = 2000

local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function milliseconds()
  return math.floor(microseconds() / 1000)
end

local function digits(number)
  return string.format('%.0f', number)
end

-- The generation as text, or why there is none.
local function generation()
  local held = redis.call('HMGET', fence, 'generation', 'closed')
  if held[2] then return 'closed' end
  return held[1] or 'missing'
end

local function fence_number(field)
  return tonumber(redis.call('HGET', fence, field) or 0)
end

-- What a fetch in progress is noted under. When all is cleared, whoever fetches brings nothing any
-- more, and nobody is to wait for it.
local function lease_of(name)
  return 'lease:' .. digits(fence_number('cleared')) .. ':' .. name
end

-- The next invalidation number. It follows the clock, so it does not start over when all data are
-- lost while a fetch is under way.
local function advance()
  local number = math.max(fence_number('number') + 1, microseconds())
  redis.call('HSET', fence, 'number', digits(number))
  return number
end

-- A full Redis refuses a script's first write, unless that write frees memory, and then lets the
-- script go on. So scripts that forget, close or open begin by pruning; those that store do not.
local function prune(which)
  redis.call('ZREMRANGEBYSCORE', which, '-inf', milliseconds())
end

-- List a key by its expiry; the list itself goes with its longest-lived member.
local function note(which, name, ttl)
  redis.call('ZADD', which, digits(milliseconds() + ttl), name)
  if redis.call('PTTL', which) < ttl then redis.call('PEXPIRE', which, digits(ttl)) end
end

-- Delete the next keys of an index: how many were there, how many were entries, how many listed.
local function purge(which)
  local names = redis.call('ZRANGE', which, 0, PURGE_STEP - 1)
  if #names == 0 then return 0, 0, 0 end
  local keys, entries = {}, 0
  for i, name in ipairs(names) do
    keys[i] = prefix .. name
    if redis.pcall('GETRANGE', keys[i], 0, 9) == 'qp1 entry ' then entries = entries + 1 end
  end
  redis.call('ZREMRANGEBYRANK', which, 0, #names - 1)
  return redis.call('UNLINK', unpack(keys)), entries, #names
end
