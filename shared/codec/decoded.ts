/**
 * What decoders answer. Untrusted bytes that do not fit are data, not an exception: a short literal code that callers may
 * switch on, with an optional `detail` saying where.
 */
export type Decoded<T, Code extends string = string> =
  { readonly ok: T } | { readonly error: Code; readonly detail?: string };

export type InvalidInputCode =
  'bad_key' | 'bad_key_name' | 'bad_text' | 'bad_size' | 'bad_path' | 'bad_name' | 'bad_date' | 'too_large';

/** Our own code asked an encoder for something that has no encoding; never raised for bytes that came from outside. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly code: InvalidInputCode;

  constructor(code: InvalidInputCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
