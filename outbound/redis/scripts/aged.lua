-- Returns subscriptions whose first entry is from before a time and not their
-- only one: milliseconds, limit.
local found, limit = {}, tonumber(ARGV[2])
for from = 0, math.huge, 500 do
  local some = call('ZRANGEBYSCORE', HEADS, '-inf', '(' .. ARGV[1], 'LIMIT', from, 500)
  for _, subscription in ipairs(some) do
    if #found == limit then return found end
    if call('LLEN', P .. 'queue:' .. subscription) > 1 then found[#found + 1] = subscription end
  end
  if #some < 500 then return found end
end
