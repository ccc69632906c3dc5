//! A warehouse behind the Data API.

use super::{Row, Sql, Warehouse};
use boatlift_aws::redshift_data::DataApi;
use boatlift_core::Result;

/// A warehouse that is asked over HTTPS.
pub struct DataApiWarehouse(DataApi);

impl DataApiWarehouse {
    /// A warehouse behind this client.
    #[must_use]
    pub fn new(client: DataApi) -> DataApiWarehouse {
        DataApiWarehouse(client)
    }
}

impl Warehouse for DataApiWarehouse {
    fn query(&mut self, sql: &Sql, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        self.0.query(sql.as_str(), &mut |cells| each(Row::new(cells)))
    }
}
