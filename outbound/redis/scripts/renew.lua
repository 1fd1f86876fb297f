-- Gives the store a new incarnation: incarnation, random, the beginning of names
-- for what is dropped. Whoever leads is fenced. Every queue is dropped, and every
-- subscription is to begin anew.
call('HSET', META, 'incarnation', ARGV[1], 'fence', token(ARGV[2]), 'epoch', token(ARGV[2]), 'tenancy', token(ARGV[2]))
for i, subscription in ipairs(call('HKEYS', ACTIVATIONS)) do
  part(subscription, 0, ARGV[3] .. i)
  forget(subscription)
  call('HDEL', P .. 'delivery:' .. subscription, 'claimed', 'unsettled')
  call('HSET', ACTIVATIONS, subscription, '1' .. string.sub(call('HGET', ACTIVATIONS, subscription), 2))
end
for partition = 0, tonumber(ARGV[4]) - 1 do call('DEL', P .. 'ready:' .. partition) end
call('DEL', HEADS)
