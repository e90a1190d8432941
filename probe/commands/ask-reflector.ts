import { fromUtf8 } from '../../shared/codec/base64.ts';
import type { ReflectorDescriptor } from '../../shared/model/index.ts';
import { asObject, type Json } from '../../shared/schema/read.ts';
import { withDeadline } from '../experiments/deadline.ts';
import type { Net } from '../net/net.ts';

/** A reflector answers within a round trip; nobody waits long for what is only convenient. Milliseconds. */
const ASK_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 4_096;

/** One plain request to a reflector about the asker; null when it can't be asked or doesn't answer with an object. */
export function askReflector(
  net: Net,
  reflector: ReflectorDescriptor,
  address: string,
  path: string,
  stop: AbortSignal,
): Promise<Json | null> {
  return withDeadline(ASK_TIMEOUT_MS, stop, async (signal) => {
    const tcp = await net.tcpConnect({ address, port: reflector.httpPort }, signal, ASK_TIMEOUT_MS);
    if (tcp.connection === null) return null;
    const http = await net.httpRoundTrip(
      tcp.connection,
      {
        method: 'GET',
        url: `http://${reflector.name}:${reflector.httpPort}${path}`,
        headers: [],
        bodyCap: MAX_ANSWER_BYTES,
        timeoutMs: ASK_TIMEOUT_MS,
      },
      signal,
    );
    try {
      const { response } = http;
      return response?.status === 200 ? asObject(JSON.parse(fromUtf8(response.body) ?? '')) : null;
    } catch {
      return null;
    }
  });
}
