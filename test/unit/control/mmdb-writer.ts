/** Writes tiny databases in MaxMind's format 2.0 (https://maxmind.github.io/MaxMind-DB/) for tests of what reads them. */
import { parseCidr } from '../../../shared/codec/ip.ts';

type Value = string | number | { readonly [key: string]: Value } | readonly string[];
type Node = [Slot, Slot];
type Slot = Node | number | null;

const MARKER = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
const TYPE = { string: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const;
const FIRST_EXTENDED = 8;

function control(type: number, size: number): Buffer {
  const small = size < 29 ? [size] : [29, size - 29];
  const head = type < FIRST_EXTENDED ? [(type << 5) | small[0]!] : [small[0]!, type - 7];
  return Buffer.from([...head, ...small.slice(1)]);
}
function uint(type: number, value: number, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  if (bytes === 2) out.writeUInt16BE(value);
  else if (bytes === 4) out.writeUInt32BE(value);
  else out.writeBigUInt64BE(BigInt(value));
  return Buffer.concat([control(type, bytes), out]);
}
function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(TYPE.string, text.length), text]);
  }
  if (typeof value === 'number') return uint(TYPE.uint32, value, 4);
  if (Array.isArray(value)) return Buffer.concat([control(TYPE.array, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(TYPE.map, entries.length),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

export interface MmdbOptions {
  readonly rows: Readonly<Record<string, { readonly [key: string]: Value }>>;
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  readonly built?: number;
  readonly formatVersion?: number;
}

/** IPv4 rows of an IPv6 database stand under ::/96. */
export function writeMmdb(options: MmdbOptions): Buffer {
  const { ipVersion = 6, recordSize = 24, built = Date.UTC(2026, 9, 1) / 1000, formatVersion = 2 } = options;
  const root: Node = [null, null];
  const data: Buffer[] = [];
  let dataLength = 0;
  for (const [prefix, row] of Object.entries(options.rows)) {
    const cidr = parseCidr(prefix)!;
    const padding = cidr.base.family === 4 && ipVersion === 6 ? 12 : 0;
    const bytes = [...new Array<number>(padding).fill(0), ...cidr.base.bytes];
    let node = root;
    const length = cidr.prefix + padding * 8;
    for (let depth = 0; depth < length; depth++) {
      const bit = (bytes[depth >> 3]! >> (7 - (depth & 7))) & 1;
      if (depth === length - 1) node[bit] = dataLength;
      else {
        const next = node[bit];
        node[bit] = Array.isArray(next) ? next : [null, null];
        node = node[bit] as Node;
      }
    }
    const encoded = encode(row);
    data.push(encoded);
    dataLength += encoded.length;
  }

  const nodes: Node[] = [];
  const number = (node: Node): void => {
    nodes.push(node);
    for (const slot of node) if (Array.isArray(slot)) number(slot);
  };
  number(root);
  const index = new Map(nodes.map((node, i) => [node, i]));
  const record = (slot: Slot): number =>
    slot === null ? nodes.length : Array.isArray(slot) ? index.get(slot)! : nodes.length + 16 + slot;
  const width = recordSize / 4;
  const tree = Buffer.alloc(nodes.length * width);
  nodes.forEach(([left, right], i) => {
    const [l, r] = [record(left), record(right)];
    const at = i * width;
    if (recordSize === 24) tree.writeUIntBE(l, at, 3);
    if (recordSize === 24) tree.writeUIntBE(r, at + 3, 3);
    if (recordSize === 32) tree.writeUInt32BE(l, at);
    if (recordSize === 32) tree.writeUInt32BE(r, at + 4);
    if (recordSize !== 28) return;
    tree.writeUIntBE(l & 0xffffff, at, 3);
    tree.writeUInt8(((l >> 24) << 4) | (r >> 24), at + 3);
    tree.writeUIntBE(r & 0xffffff, at + 4, 3);
  });
  const metadata = Buffer.concat([
    control(TYPE.map, 8),
    encode('binary_format_major_version'),
    uint(TYPE.uint16, formatVersion, 2),
    encode('binary_format_minor_version'),
    uint(TYPE.uint16, 0, 2),
    encode('build_epoch'),
    uint(TYPE.uint64, built, 8),
    ...[encode('database_type'), encode('Test-ASN'), encode('languages'), encode(['en'])],
    encode('ip_version'),
    uint(TYPE.uint16, ipVersion, 2),
    encode('node_count'),
    uint(TYPE.uint32, nodes.length, 4),
    encode('record_size'),
    uint(TYPE.uint16, recordSize, 2),
  ]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, MARKER, metadata]);
}
