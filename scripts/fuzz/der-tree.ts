/**
 * DER as a tree that can be edited and written again, wrongly if wanted. Reading is lenient on purpose: what doesn't
 * read as elements stays bytes. Made for certificates that are sound before they are edited.
 */

/** How a length is written; only `shortest` is DER. */
export type LengthForm = 'shortest' | 'padded' | 'indefinite' | 'one-more' | 'one-less' | 'huge';

export interface DerNode {
  tag: number;
  length: LengthForm;
  /** Null: `content` counts. Octet strings with elements in them (values of extensions) have children as well. */
  children: DerNode[] | null;
  content: Uint8Array;
}

const CONSTRUCTED = 0x20;
const OCTET_STRING = 0x04;

export const node = (tag: number, content: Uint8Array | DerNode[]): DerNode =>
  content instanceof Uint8Array
    ? { tag, length: 'shortest', children: null, content }
    : { tag, length: 'shortest', children: content, content: new Uint8Array() };

/** Elements that fill `bytes` exactly; null when they don't. */
function readAll(bytes: Uint8Array): DerNode[] | null {
  const nodes: DerNode[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] as number;
    const first = bytes[at + 1];
    if (first === undefined || first === 0x80 || first > 0x84) return null;
    let length = first;
    let contentAt = at + 2;
    if (first > 0x80) {
      length = 0;
      for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + (bytes[contentAt++] ?? 0);
    }
    const end = contentAt + length;
    if (end > bytes.length) return null;
    const content = bytes.subarray(contentAt, end);
    const inner = (tag & CONSTRUCTED) !== 0 || (tag === OCTET_STRING && length > 1) ? readAll(content) : null;
    nodes.push(inner === null ? node(tag, content) : node(tag, inner));
    at = end;
  }
  return nodes;
}

/** A certificate's tree; bytes that are no element make a node that holds them. */
export function readTree(der: Uint8Array): DerNode {
  return readAll(der)?.[0] ?? node(OCTET_STRING, der);
}

function lengthOctets(length: number): number[] {
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return octets;
}

function writeLength(length: number, form: LengthForm): number[] {
  if (form === 'indefinite') return [0x80];
  if (form === 'huge') return [0x84, 0xff, 0xff, 0xff, 0xff];
  const said = Math.max(0, length + (form === 'one-more' ? 1 : form === 'one-less' ? -1 : 0));
  if (form === 'padded') return [0x80 | (lengthOctets(said).length + 1), 0, ...lengthOctets(said)];
  return said < 0x80 ? [said] : [0x80 | lengthOctets(said).length, ...lengthOctets(said)];
}

export function writeTree(root: DerNode): Uint8Array {
  const content = root.children === null ? root.content : Buffer.concat(root.children.map(writeTree));
  const end = root.length === 'indefinite' ? [0, 0] : [];
  const head = [root.tag, ...writeLength(content.length, root.length)];
  return new Uint8Array(Buffer.concat([Uint8Array.from(head), content, Uint8Array.from(end)]));
}

export interface Place {
  readonly node: DerNode;
  readonly parent: DerNode | null;
}

/** Every node below and including this one. */
export function placesIn(root: DerNode): Place[] {
  const places: Place[] = [{ node: root, parent: null }];
  for (let i = 0; i < places.length; i++) {
    const { node: at } = places[i] as Place;
    for (const child of at.children ?? []) places.push({ node: child, parent: at });
  }
  return places;
}

export function copyTree(root: DerNode): DerNode {
  return { ...root, children: root.children?.map(copyTree) ?? null };
}
