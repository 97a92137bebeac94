module.exports = async ({ apiClient }) => Boolean(await apiClient.get('/me'));
