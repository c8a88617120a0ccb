-- ARGV: prefix. {keys deleted, entries among them, 1 where more is left}
local keys, entries, listed = purge(index)
return {keys, entries, listed == PURGE_STEP and 1 or 0}
