-- Marks entries as about to be sent: partition, fence, subscription, how many at
-- most, milliseconds now, the greatest number of a state that the caller has
-- read. Returns later states too; it has most of the others.
local partition, fence, subscription, most, now = take(), take(), take(), tonumber(take()), tonumber(take())
local known = tonumber(take())
local refused = holds(partition, fence, subscription)
if refused then return refused end
local m = call('HMGET', META, 'epoch', 'incarnation')
local delivery = P .. 'delivery:' .. subscription
local d = call('HMGET', delivery, 'attempts', 'first', 'nextms', 'claimed')
local entries = {}
if tonumber(d[3] or 0) <= now then
  entries = call('LRANGE', P .. 'queue:' .. subscription, 0, most - 1)
end
if #entries == 0 then return {m[1], m[2]} end
local counts = {}
for _, entry in ipairs(entries) do count(counts, entry, 1) end
for sequence in pairs(counts) do
  if sequence <= known then counts[sequence] = nil end
end
local sequences, found = states(counts)
-- What was claimed already was never settled: it may have been sent.
local unsettled = tonumber(d[4] or 0)
call('HSET', delivery, 'claimed', digits(math.max(position(entries[#entries]), unsettled)), 'unsettled', digits(unsettled))
return {m[1], m[2], d[1], d[2], entries, sequences, found}
