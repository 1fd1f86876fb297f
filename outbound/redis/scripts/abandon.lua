-- Gives a reservation up: key, reservation.
local key = P .. 'idempotency:' .. ARGV[1]
if call('HGET', key, 'reservation') == ARGV[2] then call('DEL', key) end
