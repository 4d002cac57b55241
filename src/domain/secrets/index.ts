export type { DescribedLogin, Meaning, PasswordPlace, Place, TextPlace } from './place.ts';
export { readLogins, type Reading, type Templates, type Texts } from './read-logins.ts';
export { rewrite, type Edit, type Rewritten } from './rewrite.ts';
export { strayPlaces, type StrayPlace } from './stray-places.ts';
export { weakness } from './weakness.ts';
