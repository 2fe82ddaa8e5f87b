// A Qalcosonic W1 water meter with the log of 15 hours: the first value, then what each hour added.
function u16(b, at) { return b[at] | (b[at + 1] << 8); }
function u32(b, at) { return u16(b, at) + u16(b, at + 2) * 65536; }
function when(seconds) { return new Date(seconds * 1000).toISOString(); }

function decodeUplink(input) {
  var b = input.bytes;
  if (input.fPort !== 100 || b.length !== 47) return { errors: ["not a frame with a log"] };
  var start = u32(b, 11), litres = u32(b, 15), log = [{ time: when(start), volume: litres / 1000 }];
  for (var i = 0; i < 14; i++) {
    litres += u16(b, 19 + 2 * i);
    log.push({ time: when(start + 3600 * (i + 1)), volume: litres / 1000 });
  }
  return { data: {
    time: when(u32(b, 0)), status: b[4], total: u32(b, 5) / 1000, temperature: u16(b, 9) / 100, log: log,
  } };
}
