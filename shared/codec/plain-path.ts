/** Characters; well under what any file system takes, even below a long folder name. */
export const PATH_MAX_CHARS = 200;

/**
 * Whether a container's entry name is one that means the same file everywhere: a relative path of printable ASCII with
 * `/` between the parts. Refused: absolute paths, `.` and `..`, empty parts, backslashes and colons (separators and
 * drives on Windows), and whatever else a terminal or a file system could read differently from what is written.
 */
export function isPlainPath(path: string): boolean {
  return (
    path.length <= PATH_MAX_CHARS &&
    /^[\x21-\x7e]+$/.test(path) &&
    !/[\\:*?"<>|]/.test(path) &&
    path.split('/').every((part) => part !== '' && !part.endsWith('.'))
  );
}
