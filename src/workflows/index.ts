export { rotatePassword } from './rotate-password.ts';
