export { meaningOf } from './meaning.ts';
export type { DescribedLogin, PasswordPlace, Place } from './place.ts';
export { readLogins, type Reading, type Templates, type Texts } from './read-logins.ts';
export { rewrite, type Edit } from './rewrite.ts';
export { strayPlaces } from './stray-places.ts';
export { weakness } from './weakness.ts';
