/** A URL, or several with commas between them, without credentials: for logs. A password may have an `@` and a `/` in it. */
export const redact = (urls: string): string => urls.replaceAll(/\/\/[^,]*@/g, "//***@");
