// expect: lost
module.exports = async () => {
  Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 10)); return {};
};
