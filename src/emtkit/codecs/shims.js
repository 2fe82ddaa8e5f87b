// Buffer, TextDecoder, TextEncoder, atob and btoa, as far as formatters use them; loaded for those that do.
(function (global) {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  function define(name, value) {
    if (typeof global[name] === "undefined") {
      Object.defineProperty(global, name, { value: value, writable: true, configurable: true, enumerable: false });
    }
  }

  // ---- texts ----

  function utf8Bytes(text) {
    const out = [];
    for (const letter of String(text)) {
      let code = letter.codePointAt(0);
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
      if (code < 0x80) out.push(code);
      else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return out;
  }

  function utf8Text(bytes) {
    let text = "", i = 0;
    while (i < bytes.length) {
      const first = bytes[i++];
      if (first < 0x80) { text += String.fromCharCode(first); continue; }
      const more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
      let code = first & (0x3f >> more), got = 0;
      while (got < more && i < bytes.length && (bytes[i] & 0xc0) === 0x80) { code = (code << 6) | (bytes[i++] & 63); got++; }
      const least = [0, 0x80, 0x800, 0x10000][more];
      const good = more && got === more && code >= least && code < 0x110000 && !(code >= 0xd800 && code < 0xe000);
      text += good ? String.fromCodePoint(code) : "\ufffd";
    }
    return text;
  }

  function latin1Text(bytes, mask) {
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] & mask);
    return text;
  }

  function utf16Bytes(text) {
    const out = [];
    for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255, text.charCodeAt(i) >> 8);
    return out;
  }

  function utf16Text(bytes) {
    let text = "";
    for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i] | (bytes[i + 1] << 8));
    return text;
  }

  function base64Text(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; i += 3) {
      const left = bytes.length - i;
      const group = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
      text += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63];
      text += left > 1 ? ALPHABET[(group >> 6) & 63] : "=";
      text += left > 2 ? ALPHABET[group & 63] : "=";
    }
    return text;
  }

  function base64Bytes(text) {
    const out = [];
    let bits = 0, held = 0;
    for (const letter of String(text).replace(/-/g, "+").replace(/_/g, "/").replace(/[=\s]/g, "")) {
      const value = ALPHABET.indexOf(letter);
      if (value < 0) throw new TypeError("not base64");
      held = ((held << 6) | value) & 0xffffff;
      bits += 6;
      if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); }
    }
    return out;
  }

  define("btoa", function (text) {
    const bytes = Array.from(String(text), (letter) => letter.charCodeAt(0));
    if (bytes.some((code) => code > 255)) throw new TypeError("btoa: a character above 255");
    return base64Text(bytes);
  });
  define("atob", (text) => latin1Text(base64Bytes(text), 255));
  define("TextEncoder", class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text) { return Uint8Array.from(utf8Bytes(text === undefined ? "" : text)); }
  });
  define("TextDecoder", class TextDecoder {
    constructor(label) { this.encoding = String(label === undefined ? "utf-8" : label).toLowerCase(); }
    decode(data) {
      if (data === undefined) return "";
      const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : Array.isArray(data) ? data : new Uint8Array(data);
      if (/^utf-?8$/.test(this.encoding)) return utf8Text(bytes).replace(/^\ufeff/, "");
      if (/^(us-ascii|ascii|latin-?1|iso-?8859-1|windows-1252)$/.test(this.encoding)) return latin1Text(bytes, 255);
      if (/^utf-?16(le)?$/.test(this.encoding)) return utf16Text(bytes).replace(/^\ufeff/, "");
      throw new RangeError("TextDecoder: no encoding " + this.encoding);
    }
  });

  // ---- Buffer, as far as formatters use it ----

  function fromText(text, encoding) {
    switch (String(encoding === undefined ? "utf8" : encoding).toLowerCase()) {
      case "hex": return (/^(?:[0-9a-f]{2})*/i.exec(text)[0].match(/../g) || []).map((pair) => parseInt(pair, 16));
      case "base64": case "base64url": return base64Bytes(text);
      case "ascii": case "latin1": case "binary": return Array.from(text, (letter) => letter.charCodeAt(0) & 255);
      case "utf8": case "utf-8": return utf8Bytes(text);
      case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": return utf16Bytes(text);
      default: throw new TypeError("Buffer: no encoding " + encoding);
    }
  }

  class Buffer extends Uint8Array {
    static from(value, second, third) {
      if (typeof value === "string") return Buffer.from(fromText(value, second));
      if (value instanceof ArrayBuffer) {
        const start = second === undefined ? 0 : second;
        return new Buffer(value, start, third === undefined ? value.byteLength - start : third);
      }
      if (value && value.type === "Buffer" && Array.isArray(value.data)) value = value.data;
      if (!value || typeof value !== "object") throw new TypeError("Buffer: neither a text nor a list");
      const made = new Buffer(value.length);
      for (let i = 0; i < value.length; i++) made[i] = value[i];
      return made;
    }
    static alloc(size, value, encoding) {
      const made = new Buffer(size);
      return value === undefined ? made : made.fill(value, encoding);
    }
    static compare(one, other) { return one.compare(other); }
    static allocUnsafe(size) { return new Buffer(size); }
    static isBuffer(value) { return value instanceof Buffer; }
    static byteLength(text, encoding) { return typeof text === "string" ? fromText(text, encoding).length : text.byteLength; }
    static concat(list, total) {
      const size = total === undefined ? list.reduce((sum, each) => sum + each.length, 0) : total;
      const made = new Buffer(size);
      let at = 0;
      for (const each of list) for (let i = 0; i < each.length && at < size; i++) made[at++] = each[i];
      return made;
    }
    toString(encoding, start, end) {
      const part = start === undefined && end === undefined ? this : this.subarray(start, end);
      switch (String(encoding === undefined ? "utf8" : encoding).toLowerCase()) {
        case "hex": return Array.prototype.map.call(part, (byte) => (byte < 16 ? "0" : "") + byte.toString(16)).join("");
        case "base64": return base64Text(part);
        case "base64url": return base64Text(part).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
        case "ascii": return latin1Text(part, 127);
        case "latin1": case "binary": return latin1Text(part, 255);
        case "utf8": case "utf-8": return utf8Text(part);
        case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": return utf16Text(part);
        default: throw new TypeError("Buffer: no encoding " + encoding);
      }
    }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    slice(start, end) { return this.subarray(start, end); } // shares the memory, as Buffer.slice does
    fill(value, start, end, encoding) {
      if (typeof start === "string") { encoding = start; start = undefined; }
      if (typeof value === "number") return super.fill(value, start, end);
      const bytes = Buffer.from(value, encoding), stop = end === undefined ? this.length : end;
      for (let i = start || 0, n = 0; bytes.length && i < stop; i++, n++) this[i] = bytes[n % bytes.length];
      return this;
    }
    indexOf(value, start, encoding) {
      if (typeof value === "number") return super.indexOf(value & 255, start);
      const bytes = Buffer.from(value, typeof start === "string" ? start : encoding);
      for (let i = typeof start === "number" ? start : 0; i + bytes.length <= this.length; i++) {
        if (bytes.every((byte, n) => this[i + n] === byte)) return i;
      }
      return -1;
    }
    includes(value, start, encoding) { return this.indexOf(value, start, encoding) >= 0; }
    compare(other) {
      for (let i = 0; i < this.length && i < other.length; i++) {
        if (this[i] !== other[i]) return this[i] < other[i] ? -1 : 1;
      }
      return Math.sign(this.length - other.length);
    }
    swap(size) {
      if (this.length % size) throw new RangeError("Buffer: its size is no multiple of " + 8 * size + " bits");
      for (let i = 0; i < this.length; i += size) this.subarray(i, i + size).reverse();
      return this;
    }
    swap16() { return this.swap(2); }
    swap32() { return this.swap(4); }
    swap64() { return this.swap(8); }
    equals(other) { return this.length === other.length && this.every((byte, i) => byte === other[i]); }
    copy(target, at, start, end) {
      const part = this.subarray(start === undefined ? 0 : start, end);
      target.set(part.subarray(0, Math.max(0, target.length - (at || 0))), at || 0);
      return part.length;
    }
    write(text, at, length, encoding) {
      const bytes = fromText(text, typeof at === "string" ? at : typeof length === "string" ? length : encoding);
      const start = typeof at === "number" ? at : 0;
      let n = 0;
      for (; n < bytes.length && start + n < this.length; n++) this[start + n] = bytes[n];
      return n;
    }
  }

  function number(target, name, size, methodGet, methodSet) {
    for (const order of size === 1 ? [""] : ["LE", "BE"]) {
      const little = order === "LE";
      const get = function (at) { return viewOf(this, at, size)[methodGet](at || 0, little); };
      const set = function (value, at) { viewOf(this, at, size)[methodSet](at || 0, value, little); return (at || 0) + size; };
      for (const each of name.startsWith("UInt") || name.startsWith("BigUInt") ? [name, name.replace("UInt", "Uint")] : [name]) {
        target["read" + each + order] = get;
        target["write" + each + order] = set;
      }
    }
  }

  function viewOf(buffer, at, size) {
    const start = at || 0;
    if (start < 0 || start + size > buffer.length) throw new RangeError("Buffer: offset " + start + " is out of range");
    return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  const numbers = {};
  number(numbers, "UInt8", 1, "getUint8", "setUint8");
  number(numbers, "Int8", 1, "getInt8", "setInt8");
  number(numbers, "UInt16", 2, "getUint16", "setUint16");
  number(numbers, "Int16", 2, "getInt16", "setInt16");
  number(numbers, "UInt32", 4, "getUint32", "setUint32");
  number(numbers, "Int32", 4, "getInt32", "setInt32");
  number(numbers, "BigUInt64", 8, "getBigUint64", "setBigUint64");
  number(numbers, "BigInt64", 8, "getBigInt64", "setBigInt64");
  number(numbers, "Float", 4, "getFloat32", "setFloat32");
  number(numbers, "Double", 8, "getFloat64", "setFloat64");
  for (const order of ["LE", "BE"]) {
    const unsigned = function (at, size) {
      viewOf(this, at, size);
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + this[at + (order === "LE" ? size - 1 - i : i)];
      return value;
    };
    numbers["readUInt" + order] = numbers["readUint" + order] = unsigned;
    numbers["readInt" + order] = function (at, size) {
      const value = unsigned.call(this, at, size);
      return value >= Math.pow(2, 8 * size - 1) ? value - Math.pow(2, 8 * size) : value;
    };
  }
  for (const name of Object.keys(numbers)) {
    Object.defineProperty(Buffer.prototype, name, { value: numbers[name], writable: true, configurable: true });
  }
  define("Buffer", Buffer);
})(globalThis);
