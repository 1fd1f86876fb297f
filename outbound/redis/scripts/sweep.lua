-- Drops a few of the entries laid aside under a name, and what they refer to.
-- Returns how many are left.
local name = ARGV[1]
local entries, left = {}, 0
if call('TYPE', name).ok == 'zset' then
  local popped = call('ZPOPMIN', name, 500)
  for i = 1, #popped, 2 do entries[#entries + 1] = popped[i] end
  left = call('ZCARD', name)
else
  entries = call('LPOP', name, 500) or {}
  left = call('LLEN', name)
end
local counts = {}
for _, entry in ipairs(entries) do count(counts, entry, -1) end
apply(counts)
if left == 0 then call('SREM', DISCARDS, name) end
return left
