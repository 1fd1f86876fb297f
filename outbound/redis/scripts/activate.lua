-- Puts a subscription into force: fence, epoch, sequence, next, subscription,
-- partition, activation, reset, the name for what is dropped, the name of staged
-- entries or '', entries.
local refused = guard(take(), take(), take())
if refused then return refused end
local following, subscription, partition, activation = take(), take(), take(), take()
local reset, dropped, staged = take(), take(), take()
local counts = {}
for i = cursor + 1, #ARGV do count(counts, ARGV[i], 1) end
refused = known(counts)
if refused then return refused end

local queue = P .. 'queue:' .. subscription
call('HSET', ACTIVATIONS, subscription, activation)
if reset == '1' then
  local n = claimed(subscription)
  if part(subscription, n, dropped) > 0 and n == 0 then forget(subscription) end
end
local added = #ARGV - cursor
if staged == '' then
  spread('RPUSH', queue, ARGV, cursor + 1, #ARGV)
  apply(counts)
else
  added = call('LLEN', staged)
  if call('EXISTS', queue) == 0 then
    call('RENAME', staged, queue)
  else
    for i = 0, added - 1, 1000 do
      call('RPUSH', queue, unpack(call('LRANGE', staged, i, i + 999)))
    end
    call('DEL', staged)
  end
  call('SREM', DISCARDS, staged)
end
call('HINCRBY', META, 'entries', added)
call('HSET', META, 'sequence', following)
file(subscription, partition)
