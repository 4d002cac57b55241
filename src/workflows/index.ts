export { adoptAlternating } from './adopt-alternating.ts';
export { catalogueNames } from './catalogue-names.ts';
export { catalogueStatus, type CatalogueStatusInput } from './catalogue-status.ts';
export { checkCatalogue, checkComponent } from './check-component.ts';
export { rotateBatch } from './rotate-batch.ts';
export { rotatePassword } from './rotate-password.ts';
