-- Returns subscriptions: ids. false for one that is not there.
local all = {}
for i = 1, #ARGV do all[i] = call('HGET', P .. 'subscription:' .. ARGV[i], 'data') end
return all
