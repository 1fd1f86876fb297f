-- Sends news under the topic's next number: topic, channel, message.
local n = call('HINCRBY', P .. 'bus', ARGV[1], 1)
call('PUBLISH', ARGV[2], n .. ':' .. ARGV[3])
