-- Records what came of a claim: partition, fence, subscription, the position up
-- to which entries were delivered and when; then, if one failed, its position,
-- attempts, the first one's time, when the next is due, that in milliseconds,
-- when it failed, why, and what a dead letter has beyond the entry or ''.
-- Returns how many are left.
local partition, fence, subscription = take(), take(), take()
local refused = holds(partition, fence, subscription)
if refused then return refused end
local queue, delivery = P .. 'queue:' .. subscription, P .. 'delivery:' .. subscription
local up_to = math.min(tonumber(take()), tonumber(call('HGET', delivery, 'claimed') or 0))
local at = take()
local counts, gone = {}, 0
local more = up_to > 0
while more do
  local entries, n = call('LRANGE', queue, 0, 99), 0
  for _, entry in ipairs(entries) do
    if position(entry) > up_to then break end
    count(counts, entry, -1)
    n = n + 1
  end
  if n > 0 then call('LPOP', queue, n) end
  gone = gone + n
  more = n == 100
end
call('HSET', delivery, 'claimed', call('HGET', delivery, 'unsettled') or 0)
if gone > 0 then
  call('HSET', delivery, 'success', at)
  forget(subscription)
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
file(subscription, partition)
return call('LLEN', queue)
