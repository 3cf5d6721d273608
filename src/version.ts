// The version, as a constant that travels in a bundle; a test holds it against package.json.

export const version = '0.1.0'
