-- ARGV: prefix. {keys deleted, 1 where more is left}
prune(index)
redis.call('HSET', fence, 'closed', 1)
local keys, _, listed = purge(index)
local others, _, noted = purge(marks)
others = others + redis.call('UNLINK', slots.held, slots.line, slots.seen, slots.rest)
return {keys + others, (listed == PURGE_STEP or noted == PURGE_STEP) and 1 or 0}
