import { formatIp, parseIp } from '../codec/ip.ts';

/** Addresses whose canonical form is remembered: every rule asks for the same few again and again. */
const MAX_REMEMBERED_ADDRESSES = 4_096;
const canonicalBefore = new Map<string, string>();

/** One spelling for each address; what is none is returned as it is. */
export function canonicalAddress(address: string): string {
  const known = canonicalBefore.get(address);
  if (known !== undefined) return known;
  const ip = parseIp(address);
  const canonical = ip === null ? address : formatIp(ip);
  if (canonicalBefore.size >= MAX_REMEMBERED_ADDRESSES) canonicalBefore.clear();
  canonicalBefore.set(address, canonical);
  return canonical;
}
