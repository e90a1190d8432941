import { Buffer } from 'node:buffer';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** RFC 8446 section 5.1 and RFC 5246 section 7.4. */
const RECORD_HANDSHAKE = 22;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const MESSAGE_CERTIFICATE = 11;
const LENGTH_BYTES = 3;

/**
 * DER in wire order, duplicates and strangers included. Node hands out its list of what was sent only once: walk it
 * right after the handshake. (`getPeerCertificate(true)` would give a path that it built itself.)
 */
export function presentedChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate !== undefined) {
    chain.push(new Uint8Array(certificate.raw));
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

/** The handshake messages at the beginning of a stream, up to the first record that is none or isn't complete. */
function handshakeBytes(stream: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= stream.length && stream[at] === RECORD_HANDSHAKE) {
    const end = at + RECORD_HEADER_BYTES + stream.readUInt16BE(at + 3);
    if (end > stream.length) break;
    parts.push(stream.subarray(at + RECORD_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(parts);
}

function splitList(list: Buffer): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= list.length) {
    const end = at + LENGTH_BYTES + list.readUIntBE(at, LENGTH_BYTES);
    if (end > list.length) break;
    chain.push(new Uint8Array(list.subarray(at + LENGTH_BYTES, end)));
    at = end;
  }
  return chain;
}

/**
 * The chain of a handshake that failed after it was sent (a certificate that OpenSSL can't read, a bad key exchange),
 * from the raw bytes. Up to TLS 1.2 they are in the clear; in TLS 1.3 they are encrypted and this finds nothing.
 */
export function chainOnTheWire(heard: readonly Buffer[]): readonly Uint8Array[] {
  const messages = handshakeBytes(Buffer.concat(heard));
  let at = 0;
  while (at + MESSAGE_HEADER_BYTES <= messages.length) {
    const body = at + MESSAGE_HEADER_BYTES;
    const end = body + messages.readUIntBE(at + 1, LENGTH_BYTES);
    if (end > messages.length) return [];
    if (messages[at] === MESSAGE_CERTIFICATE) return splitList(messages.subarray(body + LENGTH_BYTES, end));
    at = end;
  }
  return [];
}
