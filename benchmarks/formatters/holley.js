// A Holley electricity meter: six registers of 40 bits, four powers of 24 bits, status, second index.
var REGISTERS = ["total_import", "tariff_1_import", "tariff_2_import", "total_export", "tariff_1_export", "tariff_2_export"];
var POWERS = ["power", "power_l1", "power_l2", "power_l3"];

function unsigned(bytes, at, size) {
  var value = 0;
  for (var i = 0; i < size; i++) value = value * 256 + bytes[at + i];
  return value;
}

function signed(bytes, at, size) {
  var value = unsigned(bytes, at, size), limit = Math.pow(2, 8 * size - 1);
  return value < limit ? value : value - 2 * limit;
}

function hex(bytes, at, size) {
  var text = "";
  for (var i = 0; i < size; i++) text += ("0" + bytes[at + i].toString(16)).slice(-2);
  return text.toUpperCase();
}

function decodeUplink(input) {
  var b = input.bytes, data = {};
  if (b.length !== 51 || b[0] !== 0x11) return { errors: ["not a frame of this meter"] };
  REGISTERS.forEach(function (name, i) { data[name] = unsigned(b, 1 + 5 * i, 5) / 10; });
  POWERS.forEach(function (name, i) { data[name] = signed(b, 31 + 3 * i, 3); });
  data.status = hex(b, 43, 4);
  data.second_index = unsigned(b, 47, 4);
  return { data: data };
}
