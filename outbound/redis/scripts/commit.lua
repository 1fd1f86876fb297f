-- Turns changes into events. fence, epoch, sequence, next; then, each behind its
-- number: objects with the told sequence expected; told records to set; to
-- delete; states; references by which counts change if all targets are in force;
-- queues, by their subscriptions, partitions, numbers of entries, and entries.
local refused = guard(take(), take(), take())
if refused then return refused end
local following = take()

local n = tonumber(take())
for i = 0, n - 1, 1000 do
  local some = math.min(1000, n - i)
  local told = call('HMGET', TOLD, unpack(ARGV, cursor + i + 1, cursor + i + some))
  for j = 1, some do
    if (told[j] or '') ~= ARGV[cursor + n + i + j] then
      return redis.error_reply('STALE an object was told under another sequence number')
    end
  end
end
cursor = cursor + 2 * n

n = 2 * tonumber(take())
spread('HSET', TOLD, ARGV, cursor + 1, cursor + n)
cursor = cursor + n
n = tonumber(take())
spread('HDEL', TOLD, ARGV, cursor + 1, cursor + n)
cursor = cursor + n
local states = tonumber(take())
local first_state = cursor + 1
cursor = cursor + 2 * states
local counts = {}
for _ = 1, tonumber(take()) do
  local sequence = tonumber(take())
  counts[sequence] = tonumber(take())
end

local queues = tonumber(take())
local names, partitions, numbers = cursor, cursor + queues, cursor + 2 * queues
cursor = cursor + 3 * queues
local lengths, ready, heads, added = {}, {}, {}, 0
local at_once = digits(millis() - AT_ONCE)
local activations
for q = 1, queues do
  if q % 1000 == 1 then
    activations = call('HMGET', ACTIVATIONS, unpack(ARGV, names + q, names + math.min(q + 999, queues)))
  end
  local subscription, entries = ARGV[names + q], tonumber(ARGV[numbers + q])
  local activation = activations[(q - 1) % 1000 + 1]
  if activation and string.byte(activation) ~= 49 then -- '1': overflowed
    local length = spread('RPUSH', P .. 'queue:' .. subscription, ARGV, cursor + 1, cursor + entries)
    added = added + entries
    lengths[q] = length
    if length == entries then
      local partition = ARGV[partitions + q]
      local filed = ready[partition] or {}
      filed[#filed + 1] = at_once
      filed[#filed + 1] = subscription
      ready[partition] = filed
      heads[#heads + 1] = digits(seen(ARGV[cursor + 1]))
      heads[#heads + 1] = subscription
    end
  else
    lengths[q] = -1
    for i = cursor + 1, cursor + entries do count(counts, ARGV[i], -1) end
  end
  cursor = cursor + entries
end
for partition, filed in pairs(ready) do
  spread('ZADD', P .. 'ready:' .. partition, filed, 1, #filed)
end
spread('ZADD', HEADS, heads, 1, #heads)
for i = first_state, first_state + 2 * states - 1, 2 do
  -- One that nobody refers to in the end, since it was replaced at once, is not kept.
  if (counts[tonumber(ARGV[i])] or 0) > 0 then call('HSET', STATES, ARGV[i], ARGV[i + 1]) end
end
apply(counts)
call('HSET', META, 'sequence', following)
if added > 0 then call('HINCRBY', META, 'entries', added) end
return lengths
