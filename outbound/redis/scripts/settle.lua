-- Records what came of a claim: partition, fence, subscription, the position up
-- to which entries were delivered and when; then, if one failed, its position,
-- attempts, the first one's time, when the next is due, that in milliseconds,
-- when it failed, why, and what a dead letter has beyond the entry or ''.
-- Returns how many are left.
local partition, fence, subscription = take(), take(), take()
local refused = holds(partition, fence, subscription)
if refused then return refused end
local queue, delivery = P .. 'queue:' .. subscription, P .. 'delivery:' .. subscription
local d = call('HMGET', delivery, 'claimed', 'unsettled', 'attempts')
local up_to, at = math.min(tonumber(take()), tonumber(d[1] or 0)), take()
local counts, gone, some = {}, 0, 8
while up_to > 0 do
  local entries, n = call('LRANGE', queue, 0, some - 1), 0
  for _, entry in ipairs(entries) do
    if position(entry) > up_to then break end
    count(counts, entry, -1)
    n = n + 1
  end
  if n > 0 then call('LPOP', queue, n) end
  gone = gone + n
  if n < some then break end
  some = 100
end
if gone > 0 then
  call('HSET', delivery, 'claimed', d[2] or 0, 'success', at)
  if d[3] then forget(subscription) end
else
  call('HSET', delivery, 'claimed', d[2] or 0)
end

local head = #ARGV > cursor and call('LINDEX', queue, 0)
if head and digits(position(head)) == take() then
  local attempts, first, following, following_ms = take(), take(), take(), take()
  local failed, why, letter = take(), take(), take()
  call('HSET', delivery, 'error', why, 'failure', failed)
  if letter == '' then
    call('HSET', delivery, 'attempts', attempts, 'first', first, 'next', following, 'nextms', following_ms)
    call('SADD', RETRYING, subscription)
  else
    call('LPOP', queue)
    call('ZADD', P .. 'dead:' .. subscription, digits(position(head)), head .. letter)
    call('HINCRBY', META, 'dead', 1)
    gone = gone + 1
    forget(subscription)
  end
end
apply(counts)
if gone > 0 then call('HINCRBY', META, 'entries', -gone) end
return file(subscription, partition)
