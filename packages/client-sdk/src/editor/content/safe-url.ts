/** Schemes that a link may have. Everything else, `javascript:` and `data:` among it, is inert. */
const LINK_SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:'])
const IMAGE_SCHEMES = new Set(['http:', 'https:'])

// Browsers drop control characters and white space before they look for a scheme, so `java\nscript:` is one.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const IGNORED_BY_BROWSERS = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]/g

function schemeOf(url: string): string | null {
  const match = /^[^/?#]*?:/.exec(url)
  return match === null ? null : match[0].toLowerCase()
}

function safeUrl(url: unknown, schemes: ReadonlySet<string>): string | null {
  if (typeof url !== 'string') return null
  const cleaned = url.replace(IGNORED_BY_BROWSERS, '')
  if (cleaned === '') return null
  const scheme = schemeOf(cleaned)
  return scheme === null || schemes.has(scheme) ? cleaned : null
}

/** The address that a link may lead to, cleaned; null when it must not lead anywhere. */
export const safeLinkUrl = (url: unknown): string | null => safeUrl(url, LINK_SCHEMES)

/**
 * The address that an image may be loaded from, cleaned; null when it must not be loaded. An address relative to the page that it
 * was copied from leads nowhere here, so it needs a scheme or a leading slash.
 */
export function safeImageUrl(url: unknown): string | null {
  const safe = safeUrl(url, IMAGE_SCHEMES)
  return safe !== null && (safe.startsWith('/') || schemeOf(safe) !== null) ? safe : null
}

/** What a person typed as an address, as a link: `example.com` means `https://example.com`. Null when it is no safe link. */
export function linkFromInput(input: string): string | null {
  const trimmed = input.trim()
  if (trimmed === '') return null
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(trimmed)) return safeLinkUrl(`mailto:${trimmed}`)
  if (/^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)/i.test(trimmed)) return safeLinkUrl(`https://${trimmed}`)
  return safeLinkUrl(trimmed)
}
