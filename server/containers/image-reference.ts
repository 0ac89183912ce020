import { AnyonError } from '@/server/errors';

const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const domainPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const reference = new RegExp(
  `^(?:${domainPart}(?:\\.${domainPart})*(?::\\d{1,5})?/)?${pathPart}(?:/${pathPart})*(?::[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
);

/**
 * Returns the reference if it follows the grammar of image names (distribution/reference), at most 255 characters;
 * otherwise throws `invalid`. What passes holds no space, no `..` and nothing that a URL would read differently.
 */
export function checkImageReference(text: string): string {
  if (text.length > 255 || !reference.test(text) || text.includes('..')) {
    throw new AnyonError('invalid', `"${text.slice(0, 100)}" is not an image name. Use the form registry/name:tag, in lower case.`);
  }
  return text;
}
