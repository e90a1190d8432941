/** Small building blocks of the schemas; every bound is named once. */
import { Type, type TProperties, type TSchema } from 'typebox';

/** Characters of a free text field (header value, title, failure). */
const MAX_TEXT_CHARS = 65_536;
/** Characters of one base64 field: a body of 512 KiB, a chain certificate, a DNS message. */
const MAX_BASE64_CHARS = 1_000_000;
/** Items of any one list in a measurement. */
export const MAX_RECORDS = 4_096;

export const text = Type.String({ maxLength: MAX_TEXT_CHARS });
export const long = Type.String({ maxLength: MAX_BASE64_CHARS });
export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const list = <T extends TSchema>(item: T) => Type.Array(item, { maxItems: MAX_RECORDS });
export const optional = Type.Optional;
/** An object with these keys and no others: what may be signed is an allow-list. */
export const exact = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
export const failure = orNull(Type.String({ maxLength: 512 }));
/** Start times carry no more than ten minutes of precision. */
export const utcTenMinutes = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d0:00$' });
export const asn = Type.String({ pattern: '^AS\\d{1,10}$' });
export const countryCode = Type.String({ pattern: '^[A-Z]{2}$' });
export const key256 = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' });
export const binary = exact({ format: Type.Literal('base64'), data: long });
export const maybeBinary = Type.Union([long, binary]);
export const record = {
  t0: optional(Type.Number()),
  t: optional(Type.Number()),
  tags: optional(orNull(list(Type.String({ maxLength: 128 })))),
  transaction_id: optional(Type.Integer({ minimum: 1 })),
};
