/** The test helper's reply, in OONI's shape; keys of ours begin with `x_`. Types: shared/model/ooni.ts. */
import { Type, type TSchema } from 'typebox';
import { binary, exact, failure, list, long, optional, orNull, text } from './fields.ts';

const byEndpoint = <T extends TSchema>(value: T) => Type.Record(Type.String(), value);

/** Other operators' helpers add keys of their own, so objects here stay open. */
export const controlResponse = Type.Object({
  tcp_connect: byEndpoint(Type.Object({ status: Type.Boolean(), failure })),
  tls_handshake: optional(
    byEndpoint(
      Type.Object({
        server_name: text,
        status: Type.Boolean(),
        failure,
        x_peer_certificates: optional(list(binary)),
      }),
    ),
  ),
  http_request: Type.Object({
    body_length: Type.Integer(),
    failure,
    title: text,
    headers: Type.Record(Type.String(), text),
    status_code: Type.Integer(),
    x_body_sha256: optional(orNull(text)),
  }),
  dns: Type.Object({ failure, addrs: list(text) }),
  x_request: optional(Type.Object({ http_request: text, tcp_connect: list(text) })),
  x_time: optional(text),
  x_http_chain: optional(list(text)),
  x_http_seconds: optional(Type.Number({ minimum: 0 })),
  x_parent: optional(
    Type.Object({
      zone: text,
      status: Type.Union([Type.Literal('delegated'), Type.Literal('denied'), Type.Literal('unknown')]),
      failure,
    }),
  ),
  x_siblings: optional(Type.Record(Type.String(), list(text))),
  x_earlier_addrs: optional(list(text)),
});

export const signedControlReply = exact({ payloadType: text, payload: long, keyid: text, sig: text });
