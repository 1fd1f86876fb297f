-- Replaces entries of a queue: fence, epoch, sequence, subscription, partition,
-- the number of positions to remove, these, and the entries to put, in order.
local refused = guard(take(), take(), take())
if refused then return refused end
local subscription, partition, removals = take(), take(), tonumber(take())
if call('HEXISTS', ACTIVATIONS, subscription) == 0 then
  return redis.error_reply('NOTFOUND subscription ' .. subscription .. ' is not active')
end
local remove = {}
for _ = 1, removals do remove[tonumber(take())] = true end

local queue, delivery = P .. 'queue:' .. subscription, P .. 'delivery:' .. subscription
local touched = claimed(subscription)
if touched == 0 and call('HEXISTS', delivery, 'attempts') == 1 then touched = 1 end
local kept, counts, removed = {}, {}, 0
local put = cursor + 1
for _, entry in ipairs(call('LRANGE', queue, touched, -1)) do
  local at = position(entry)
  while put <= #ARGV and position(ARGV[put]) <= at do
    kept[#kept + 1] = ARGV[put]
    put = put + 1
  end
  if remove[at] then
    removed = removed + 1
    count(counts, entry, -1)
  else
    kept[#kept + 1] = entry
  end
end
if removed ~= removals then
  return redis.error_reply('STALE entries of the queue are claimed or gone')
end
for i = put, #ARGV do kept[#kept + 1] = ARGV[i] end
for i = cursor + 1, #ARGV do count(counts, ARGV[i], 1) end
if touched == 0 then
  call('DEL', queue)
else
  call('LTRIM', queue, 0, touched - 1)
end
spread('RPUSH', queue, kept, 1, #kept)
apply(counts)
call('HINCRBY', META, 'entries', #ARGV - cursor - removed)
file(subscription, partition)
