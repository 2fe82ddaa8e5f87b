// The value of the day of a ZENNER water meter (packet SP1, binary): type and litres.
function decodeUplink(input) {
  var b = input.bytes;
  if (b.length !== 5 || (b[0] !== 0x11 && b[0] !== 0x12)) return { errors: ["not a packet SP1"] };
  return { data: { total: (b[1] + b[2] * 256 + b[3] * 65536 + b[4] * 16777216) / 1000 } };
}
