/** One HTTP round trip → a df-001 record (without times and tags). */
import { fromUtf8, toBase64 } from '../../shared/codec/base64.ts';
import { formatEndpoint } from '../../shared/codec/ip.ts';
import type { HttpRequest, MaybeBinary, RecordBase } from '../../shared/model/index.ts';
import type { HttpResult } from '../net/net.ts';

/** Header values arrive as one character per byte; UTF-8 in them is put back together where it is valid. */
function headerValue(value: string): MaybeBinary {
  if (/^[\x00-\x7f]*$/.test(value)) return value;
  const bytes = Uint8Array.from(value, (c) => c.charCodeAt(0) & 0xff);
  return fromUtf8(bytes) ?? { format: 'base64', data: toBase64(bytes) };
}

function bodyValue(bytes: Uint8Array): MaybeBinary {
  return fromUtf8(bytes) ?? { format: 'base64', data: toBase64(bytes) };
}

/** Cut at the cap, a text may end inside a character: the rest of it is dropped, or valid UTF-8 would become base64. */
function trimPartialCharacter(bytes: Uint8Array): Uint8Array {
  for (let cut = 1; cut <= 3 && cut < bytes.length; cut++) {
    const lead = bytes[bytes.length - cut]!;
    if ((lead & 0xc0) === 0x80) continue;
    const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needs > cut ? bytes.subarray(0, bytes.length - cut) : bytes;
  }
  return bytes;
}

/** Flat map: first value of each name wins, as the field's parsers expect. */
function flat(list: readonly (readonly [string, MaybeBinary])[]): Record<string, MaybeBinary> {
  const out: Record<string, MaybeBinary> = Object.create(null) as Record<string, MaybeBinary>;
  for (const [name, value] of list) out[name] ??= value;
  return { ...out };
}

export function httpRecord(
  url: string,
  requestHeaders: readonly (readonly [string, string])[],
  result: HttpResult,
  failure: string | null,
): Omit<HttpRequest, keyof RecordBase> {
  const sent = [...requestHeaders, ['Host', new URL(url).host] as const].map(
    ([n, v]) => [n, v as MaybeBinary] as const,
  );
  const { response } = result;
  const received = (response?.headers ?? []).map(([n, v]) => [n, headerValue(v)] as const);
  const truncated = response !== null && (response.truncated || response.bodyFailure !== null);
  return {
    network: 'tcp',
    address: formatEndpoint(result.endpoint.address, result.endpoint.port),
    alpn: result.alpn ?? '',
    failure,
    request: {
      url,
      method: 'GET',
      body: '',
      body_is_truncated: false,
      headers: flat(sent),
      headers_list: sent,
      tor: { exit_ip: null, exit_name: null, is_tor: false },
      x_transport: 'tcp',
    },
    response:
      response === null
        ? null
        : {
            code: response.status,
            body: bodyValue(truncated ? trimPartialCharacter(response.body) : response.body),
            body_is_truncated: truncated,
            headers: flat(received),
            headers_list: received,
            x_body_sha256: response.bodySha256,
            x_body_length: response.bodyLength,
          },
  };
}
