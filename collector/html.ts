/** HTML that is safe by construction: everything that is not markup of ours is escaped. URLs from volunteers are hostile. */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters and the marks that reverse the direction of text can make one address look like another. */
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | null | undefined | false | Html | readonly Part[];

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return (part as readonly Part[]).map(render).join('');
  return String(part as string | number)
    .replace(INVISIBLE, '\ufffd')
    .replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}

/** Template tag: what is filled in is escaped unless it is Html itself; null and false leave nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, i) => text + render(parts[i])).join(''));
}

/** Markup of ours that is not to be escaped; never anything that came from outside. */
export const trusted = (text: string): Html => new Html(text);
