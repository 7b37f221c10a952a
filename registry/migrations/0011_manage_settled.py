"""The table of settings without a day goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_manage_words")]
    operations = [migrations.DeleteModel("UndatedSetting")]
