-- ARGV: prefix, generation, kind, where to begin.
-- {entries of the kind, 1 where more is left, keys listed}
if generation() ~= ARGV[2] then return {0, 0, 0} end
local beginning, first = ARGV[2] .. ':' .. ARGV[3] .. ':', tonumber(ARGV[4])
local names = redis.call(
  'ZRANGEBYSCORE', index, milliseconds(), '+inf', 'LIMIT', first, PURGE_STEP)
local entries = 0
for _, name in ipairs(names) do
  if string.sub(name, 1, #beginning) == beginning
    and redis.pcall('GETRANGE', prefix .. name, 0, 9) == 'qp1 entry ' then
    entries = entries + 1
  end
end
return {entries, #names == PURGE_STEP and 1 or 0, #names}
