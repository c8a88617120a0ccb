-- ARGV: prefix, generation, name, token, lease in ms.
-- {'gone'} | {'found', raw, ms left, raw alias, name, lease taken, number} | {'absent', the same}
-- | {'lease', number} | {'wait'}
local wanted, asked, token, lease_ms = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if generation() ~= wanted then return {'gone'} end
local number, cleared = fence_number('number'), fence_number('cleared')

-- A value whose outside is sound, or nil; whatever is odd goes. Its inside is checked by the reader.
local function read(name)
  local key = prefix .. wanted .. ':' .. name
  local raw = redis.pcall('GET', key)
  if not raw then return nil end
  if type(raw) == 'string' then
    local form, ttl, refresh, made = string.match(raw, '^qp1 (%a+) (%d+) (%d+) (%d+) ')
    local left = redis.call('PTTL', key)
    if form and left > 0 and left <= tonumber(ttl) and tonumber(made) >= cleared then
      local age = tonumber(ttl) - left
      return {raw = raw, form = form, left = left, made = tonumber(made),
              old = age >= tonumber(refresh)}
    end
  end
  redis.call('UNLINK', key)
  return nil
end

local function lease(name)
  local answer = redis.pcall('SET', prefix .. lease_of(name), token, 'NX', 'PX', lease_ms)
  if not answer then return false end
  if answer.err then return false, answer end
  note(marks, lease_of(name), lease_ms)
  return true
end

local name, alias = asked, ''
local value = read(name)
if value and value.form == 'alias' then
  alias = value.raw
  name = string.match(alias, '\n(.*)$') or ''
  value = read(name)
end

if value and value.form == 'absent' then
  return {'absent', value.raw, value.left, alias, name, 0, digits(number)}
end
if value and value.form == 'entry' then
  local kind = string.match(name, '^([^:]*)')
  local due = value.old or value.made < fence_number('outdated:' .. kind)
  -- A full Redis refuses the lease, and still serves what it has.
  local taken = due and lease(name)
  return {'found', value.raw, value.left, alias, name, taken and 1 or 0, digits(number)}
end

local taken, problem = lease(asked)
if problem then return problem end
-- What is there leads nowhere, or it would have been found.
redis.call('UNLINK', prefix .. wanted .. ':' .. asked)
prune(index)
prune(marks)
if taken then return {'lease', digits(number)} end
return {'wait'}
