/**
 * The template of the server's image, in the form that the server fills by itself, as its images do since 1.30: an older
 * image has `dockerize` for that, which names a variable `.Env.NAME` and gives `default` its arguments in another order.
 */
export function serverTemplate(template: string): string {
  const filled = template
    .replaceAll(/default \.Env\.(\w+) ("[^"]*"|\$\w+)/g, 'default $2 (env "$1")')
    .replaceAll(/\.Env\.(\w+)/g, '(env "$1")');
  return `# enable-template\n${filled}`;
}
