-- Returns a few told records: cursor. A record may come twice.
local page = call('HSCAN', TOLD, ARGV[1], 'COUNT', 500)
local keys, sequences = {}, {}
for i = 1, #page[2], 2 do
  keys[#keys + 1] = page[2][i]
  sequences[#sequences + 1] = page[2][i + 1]
end
local states = {}
for i = 1, #sequences, 1000 do
  for _, state in ipairs(call('HMGET', STATES, unpack(sequences, i, math.min(i + 999, #sequences)))) do
    states[#states + 1] = state
  end
end
return {page[1], keys, sequences, states}
