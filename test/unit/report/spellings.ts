import { toHex } from '../../../shared/codec/base64.ts';
import { formatIp, parseIp } from '../../../shared/codec/ip.ts';

/** The ways of writing an address that the redactor promises to find; made here without its help. */
export function v4Spellings(address: string): string[] {
  const octets = address.split('.').map(Number);
  const hex = octets.map((o) => o.toString(16).padStart(2, '0')).join('');
  const back = [...octets].reverse();
  return [
    octets.join('.'),
    octets.join('-'),
    octets.join('_'),
    back.join('.'),
    back.join('-'),
    `${back.join('.')}.in-addr.arpa`,
    octets.map((o) => String(o).padStart(3, '0')).join('.'),
    octets.join('%2E'),
    hex,
    hex.toUpperCase(),
    `0x${hex}`,
    String(Number.parseInt(hex, 16)),
    `::ffff:${address}`,
    `::ffff:${hex.slice(0, 4)}:${hex.slice(4)}`,
    Buffer.from(`you are ${address} today`).toString('base64'),
  ];
}

export function v6Spellings(address: string): string[] {
  const bytes = parseIp(address)!.bytes;
  const hex = toHex(bytes);
  const groups = hex.match(/.{4}/g)!;
  const short = formatIp({ family: 6, bytes });
  const unpadded = groups.map((g) => g.replace(/^0{1,3}/, '')).join(':');
  const dotted = `${groups.slice(0, 6).join(':')}:${bytes.slice(12).join('.')}`;
  return [
    address,
    short,
    short.toUpperCase(),
    groups.join(':'),
    groups.join(':').toUpperCase(),
    unpadded,
    dotted,
    short.replaceAll(':', '%3A'),
    short.replaceAll(':', '%3a'),
    short.replaceAll(':', '%253A'),
    short.replaceAll(':', '-'),
    groups.join('_'),
    [...hex].reverse().join('.'),
    `${[...hex].reverse().join('.')}.ip6.arpa`,
    hex,
    `[${short}]:443`,
  ];
}
