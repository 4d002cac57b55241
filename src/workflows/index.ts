export { checkCatalogue, checkComponent } from './check-component.ts';
export { rotatePassword } from './rotate-password.ts';
