// https://docs.example.com is a comment, and so is the next
/* 'https://more.example.com' */
const re = /["'`]https:\/\/no.example.com/, half = 4 / 2 / 1;
exports.test = async ({ connectionParameters }) => {
  const a = await fetch('https://api.example.com/me');
  const b = await fetch(`https://wrong.example.com/${connectionParameters.id}`);
  return a.ok && b.ok && `${"https://in.template.example.com"}` && fetch("HTTPS://late.example.com" + '/x');
};
