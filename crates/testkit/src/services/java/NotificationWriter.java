import java.util.Collections;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.HMSHandler;
import org.apache.hadoop.hive.metastore.MetaStoreEventListenerConstants;
import org.apache.hadoop.hive.metastore.TransactionalMetaStoreEventListener;
import org.apache.hadoop.hive.metastore.api.Database;
import org.apache.hadoop.hive.metastore.api.Function;
import org.apache.hadoop.hive.metastore.api.MetaException;
import org.apache.hadoop.hive.metastore.api.NotificationEvent;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.hive.metastore.events.AddPartitionEvent;
import org.apache.hadoop.hive.metastore.events.AlterDatabaseEvent;
import org.apache.hadoop.hive.metastore.events.AlterPartitionEvent;
import org.apache.hadoop.hive.metastore.events.AlterTableEvent;
import org.apache.hadoop.hive.metastore.events.CreateDatabaseEvent;
import org.apache.hadoop.hive.metastore.events.CreateFunctionEvent;
import org.apache.hadoop.hive.metastore.events.CreateTableEvent;
import org.apache.hadoop.hive.metastore.events.DropDatabaseEvent;
import org.apache.hadoop.hive.metastore.events.DropFunctionEvent;
import org.apache.hadoop.hive.metastore.events.DropPartitionEvent;
import org.apache.hadoop.hive.metastore.events.DropTableEvent;
import org.apache.hadoop.hive.metastore.events.InsertEvent;
import org.apache.hadoop.hive.metastore.events.ListenerEvent;
import org.apache.hadoop.hive.metastore.messaging.EventMessage;
import org.apache.hadoop.hive.metastore.messaging.EventMessage.EventType;
import org.apache.hadoop.hive.metastore.messaging.MessageBuilder;
import org.apache.hadoop.hive.metastore.messaging.MessageEncoder;
import org.apache.hadoop.hive.metastore.messaging.MessageFactory;

/**
 * Writes the notification log of a Hive 4.0 metastore.
 *
 * Hive's own writer is in an artifact that was not published for 4.0, so this one
 * stands in: bodies come from Hive's message builder and encoder, rows and numbers
 * from Hive's object store. It knows databases, tables, partitions, inserts and
 * functions; transactions, constraints and statistics make no entries. File lists in
 * messages are those of inserts; others are empty.
 */
public final class NotificationWriter extends TransactionalMetaStoreEventListener {
  /** Under this name other listeners, and Hive's own code, look for the entry's number. */
  private static final String EVENT_ID =
      MetaStoreEventListenerConstants.DB_NOTIFICATION_EVENT_ID_KEY_NAME;

  private final MessageEncoder encoder;
  private final MessageBuilder builder = MessageBuilder.getInstance();

  public NotificationWriter(Configuration configuration) throws MetaException {
    super(configuration);
    encoder = MessageFactory.getDefaultInstance(configuration);
  }

  @Override
  public void onCreateDatabase(CreateDatabaseEvent event) throws MetaException {
    Database database = event.getDatabase();
    write(EventType.CREATE_DATABASE, builder.buildCreateDatabaseMessage(database), database, event);
  }

  @Override
  public void onAlterDatabase(AlterDatabaseEvent event) throws MetaException {
    Database before = event.getOldDatabase();
    EventMessage message = builder.buildAlterDatabaseMessage(before, event.getNewDatabase());
    write(EventType.ALTER_DATABASE, message, before, event);
  }

  @Override
  public void onDropDatabase(DropDatabaseEvent event) throws MetaException {
    Database database = event.getDatabase();
    write(EventType.DROP_DATABASE, builder.buildDropDatabaseMessage(database), database, event);
  }

  @Override
  public void onCreateTable(CreateTableEvent event) throws MetaException {
    Table table = event.getTable();
    EventMessage message = builder.buildCreateTableMessage(table, Collections.emptyIterator());
    write(EventType.CREATE_TABLE, message, table, event);
  }

  @Override
  public void onAlterTable(AlterTableEvent event) throws MetaException {
    Table before = event.getOldTable();
    Table after = event.getNewTable();
    EventMessage message =
        builder.buildAlterTableMessage(before, after, event.getIsTruncateOp(), event.getWriteId());
    write(EventType.ALTER_TABLE, message, after, event);
  }

  @Override
  public void onDropTable(DropTableEvent event) throws MetaException {
    Table table = event.getTable();
    write(EventType.DROP_TABLE, builder.buildDropTableMessage(table), table, event);
  }

  @Override
  public void onAddPartition(AddPartitionEvent event) throws MetaException {
    Table table = event.getTable();
    EventMessage message = builder.buildAddPartitionMessage(
        table, event.getPartitionIterator(), Collections.emptyIterator());
    write(EventType.ADD_PARTITION, message, table, event);
  }

  @Override
  public void onAlterPartition(AlterPartitionEvent event) throws MetaException {
    Table table = event.getTable();
    EventMessage message = builder.buildAlterPartitionMessage(table, event.getOldPartition(),
        event.getNewPartition(), event.getIsTruncateOp(), event.getWriteId());
    write(EventType.ALTER_PARTITION, message, table, event);
  }

  @Override
  public void onDropPartition(DropPartitionEvent event) throws MetaException {
    Table table = event.getTable();
    EventMessage message = builder.buildDropPartitionMessage(table, event.getPartitionIterator());
    write(EventType.DROP_PARTITION, message, table, event);
  }

  @Override
  public void onInsert(InsertEvent event) throws MetaException {
    Table table = event.getTableObj();
    Iterator<String> files = event.getFiles().iterator();
    EventMessage message = builder.buildInsertMessage(
        table, event.getPartitionObj(), event.isReplace(), files);
    write(EventType.INSERT, message, table, event);
  }

  @Override
  public void onCreateFunction(CreateFunctionEvent event) throws MetaException {
    Function function = event.getFunction();
    EventMessage message = builder.buildCreateFunctionMessage(function);
    String catalog = function.getCatName();
    write(EventType.CREATE_FUNCTION, message, catalog, function.getDbName(), null, event);
  }

  @Override
  public void onDropFunction(DropFunctionEvent event) throws MetaException {
    Function function = event.getFunction();
    EventMessage message = builder.buildDropFunctionMessage(function);
    String catalog = function.getCatName();
    write(EventType.DROP_FUNCTION, message, catalog, function.getDbName(), null, event);
  }

  @Override
  public boolean doesAddEventsToNotificationLogTable() {
    return true;
  }

  private void write(EventType type, EventMessage message, Table table, ListenerEvent event)
      throws MetaException {
    write(type, message, table.getCatName(), table.getDbName(), table.getTableName(), event);
  }

  private void write(EventType type, EventMessage message, Database database, ListenerEvent event)
      throws MetaException {
    write(type, message, database.getCatalogName(), database.getName(), null, event);
  }

  private void write(EventType type, EventMessage message, String catalog, String database,
      String table, ListenerEvent event) throws MetaException {
    int now = (int) (System.currentTimeMillis() / 1000);
    String body = encoder.getSerializer().serialize(message);
    NotificationEvent entry = new NotificationEvent(0, now, type.toString(), body);
    entry.setCatName(catalog);
    entry.setDbName(database);
    entry.setTableName(table);
    entry.setMessageFormat(encoder.getMessageFormat());
    HMSHandler.getMSForConf(getConf()).addNotificationEvent(entry);
    if (event.getParameters().get(EVENT_ID) == null) {
      event.putParameter(EVENT_ID, Long.toString(entry.getEventId()));
    }
  }
}
